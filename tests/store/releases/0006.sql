-- {"tokens": {"kiosk": "gl_kiosk_GdWyoZhkF8egRadASdeni2MkyO0WdZ7Qv3_EuPikAn0", "printer": "gl_printer_HiEP6ibABhV110VtP5qs7XDMc_IFVV5IZ7twmOlDxFU", "display": "gl_display_zFJ2BLBkt9m_Ut-5d4EtQYGufHRGXXkoC4ycA_vs26c", "api": "gl_api_vMxImJq7viRttuo92uxkV0aWkAiW6gc28oiGAa8yb7w", "agent": "gl_agent_fR5O-wAXxHtlFQBpLMh9OlE0xvyvB8Q32yj15y1jdB8", "supervisor": "gl_supervisor_6JXrQWsIdPTvrccJ0yjMgciclAHB2g9YplbsJitGs30", "admin": "gl_admin_WNB9ghS29sWpAnRF9B4EVxBibqZVccVS1iWeqPg13UY"}, "customers": {"1-OIn0mxNxHchj9McqOxKt": "A001", "2-YsmwUVPzUgAfiDwR_qXZ": "A002", "3-I8GjXdd5fB5MhqqccbU7": "B100", "4-lbu0uy8Yg_ZaEIbcavVl": "A001", "5-fCc__BQKmcgOSJ_AHmUO": "A002", "6-xs2OhB8oeFKzBTLtnbyo": "A003", "7-gSzwAqvfc2oN0rmMnXYr": "B100", "8-kU3rj9xPrOEm5qSnMyGw": "A004", "9-qEZmDEZ2yjIAG_3i_ae4": "A005", "10-Fwzj2qUxRBhHjfIfIBLX": "A006", "11-P7nEYnccUCClJeEHeXVH": "A007", "12-W2rmOSrN5_QwXLYKQq0O": "A008", "13-JZtPVru5bpWujJhM28sr": "A009", "14-RTlV3YyJx2oZa4BIiXKE": "A010"}, "session": "gl_session_j-idDbpepukNQCpikTGnsrOIDdFaIgVeNg6Gi2I7F8c", "now": "2026-11-24T02:08:28+00:00"}
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0006');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	actor VARCHAR(64) NOT NULL, 
	action VARCHAR(64) NOT NULL, 
	branch_id INTEGER, 
	data JSON NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id), 
	CONSTRAINT fk_audit_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id)
);
INSERT INTO "audit" VALUES(1,1795399200000000,'command line','account saved',1,'{"name": "rani", "before": null, "after": {"role": "agent", "branch": "central"}}');
INSERT INTO "audit" VALUES(2,1795399200000000,'command line','apply',1,'{"changes": ["branch central: added", "kiosk Lobby: added", "printer front: added", "display Hall: added", "staff rani: added"]}');
INSERT INTO "audit" VALUES(3,1795399200000000,'command line','apply',2,'{"changes": ["branch kathmandu: added"]}');
INSERT INTO "audit" VALUES(4,1795399200000000,'command line','token created',1,'{"token": 1, "role": "kiosk", "name": "Lobby"}');
INSERT INTO "audit" VALUES(5,1795399200000000,'command line','token created',1,'{"token": 2, "role": "printer", "name": "front"}');
INSERT INTO "audit" VALUES(6,1795399200000000,'command line','token created',1,'{"token": 3, "role": "display", "name": "Hall"}');
INSERT INTO "audit" VALUES(7,1795399200000000,'command line','token created',1,'{"token": 4, "role": "api", "name": "api"}');
INSERT INTO "audit" VALUES(8,1795399200000000,'command line','token created',1,'{"token": 5, "role": "agent", "name": "agent"}');
INSERT INTO "audit" VALUES(9,1795399200000000,'command line','token created',1,'{"token": 6, "role": "supervisor", "name": "supervisor"}');
INSERT INTO "audit" VALUES(10,1795399200000000,'command line','token created',1,'{"token": 7, "role": "admin", "name": "admin"}');
INSERT INTO "audit" VALUES(11,1795399200000000,'command line','account saved',1,'{"name": "rani", "before": {"role": "agent", "branch": "central"}, "after": {"role": "agent", "branch": "central"}, "password": "changed"}');
INSERT INTO "audit" VALUES(12,1795399200000000,'command line','account saved',1,'{"name": "wulan", "before": null, "after": {"role": "admin", "branch": "central"}, "password": "set"}');
INSERT INTO "audit" VALUES(13,1795485698000000,'supervisor','notice',1,'{"before": null, "after": {"id": "Tutup pukul 15", "en": "Till 15"}}');
CREATE TABLE branch (
	id INTEGER NOT NULL, 
	slug VARCHAR(64) NOT NULL, 
	name JSON NOT NULL, 
	timezone VARCHAR(64) NOT NULL, 
	languages JSON NOT NULL, 
	day_start VARCHAR(5) NOT NULL, 
	start_on_call BOOLEAN NOT NULL, 
	public_url TEXT, 
	hours JSON, 
	join_by_phone BOOLEAN NOT NULL, 
	reinstate_minutes INTEGER NOT NULL, 
	notice JSON, 
	retired BOOLEAN NOT NULL, 
	revision BIGINT NOT NULL, 
	seq BIGINT NOT NULL, 
	last_at BIGINT NOT NULL, 
	expired_to VARCHAR(10), special_days JSON, last_ticket_minutes INTEGER DEFAULT 0 NOT NULL, retention_days INTEGER DEFAULT 90 NOT NULL, erased_to VARCHAR(10), carry_hours INTEGER DEFAULT 12 NOT NULL, carried_until BIGINT, last_turn JSON, phone_share FLOAT DEFAULT (0.5) NOT NULL, chain_head BLOB, chain_start BIGINT DEFAULT 0 NOT NULL, pause_reasons JSON, no_show_recalls INTEGER DEFAULT 0 NOT NULL, no_show_seconds INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_branch PRIMARY KEY (id), 
	CONSTRAINT uq_branch_slug UNIQUE (slug)
);
INSERT INTO "branch" VALUES(1,'central','{"en": "Central \"Branch\"", "id": "Cabang Pusat"}','Asia/Jakarta','["id", "en"]','00:00',0,NULL,'{"0": [["06:00", "22:00"]], "1": [["06:00", "22:00"]], "2": [["06:00", "22:00"]], "3": [["06:00", "22:00"]], "4": [["06:00", "22:00"]], "5": [["06:00", "22:00"]], "6": [["06:00", "22:00"]]}',0,120,'{"id": "Tutup pukul 15", "en": "Till 15"}',0,3849127039386071918,60,1795486101000000,'2026-11-24','{}',0,90,NULL,12,NULL,'{"day": "2026-11-24", "at": "2026-11-24T02:01:38+00:00", "expired": 3, "carried": 0, "last_at": "2026-11-23T02:01:31+00:00", "jump": null}',0.5,X'CC6D79F092E55E1492FF9C55CFC73D66B673A84C0B77D8EE04822A772F90946F',0,'null',0,0);
INSERT INTO "branch" VALUES(2,'kathmandu','{"en": "\u0915\u093e\u0920\u092e\u093e\u0921\u094c\u0901"}','Asia/Kathmandu','["en"]','00:00',0,NULL,'null',0,120,'null',0,4211727267377087216,1,1795399200000000,'2026-11-24','{}',0,90,NULL,12,NULL,NULL,0.5,X'A399A3829A1F291C3B7E588EECCF4FA8192FCCC882261DFF8D935B5C81B59514',0,'null',0,0);
CREATE TABLE counter (
	branch_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	name JSON NOT NULL, 
	services JSON NOT NULL, 
	helps_out_with JSON NOT NULL, 
	helps_out_after_seconds INTEGER, 
	retired BOOLEAN NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	reason TEXT, 
	agent VARCHAR(64), 
	holder VARCHAR(64), 
	changed_at BIGINT, pause_after TEXT, 
	CONSTRAINT pk_counter PRIMARY KEY (branch_id, number), 
	CONSTRAINT fk_counter_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id)
);
INSERT INTO "counter" VALUES(1,1,'{"en": "Counter 1", "id": "Loket 1"}','["A"]','["B"]',NULL,0,'open',NULL,'agent','token:5',1795485900000000,NULL);
INSERT INTO "counter" VALUES(1,2,'{"en": "Counter 2", "id": "Loket 2"}','["B"]','[]',NULL,0,'open',NULL,'agent','token:5',1795485907000000,NULL);
INSERT INTO "counter" VALUES(1,3,'{"en": "Counter 3", "id": "Loket 3"}','["A", "B"]','[]',NULL,0,'paused','prayer','agent','token:5',1795486026000000,NULL);
INSERT INTO "counter" VALUES(2,1,'{"en": "Counter 1"}','["Q"]','[]',NULL,0,'closed',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE device (
	id INTEGER NOT NULL, 
	branch_id INTEGER NOT NULL, 
	role VARCHAR(12) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	paper INTEGER, 
	printer VARCHAR(64), 
	status JSON, 
	status_at BIGINT, 
	seen_at BIGINT, 
	retired BOOLEAN NOT NULL, held BOOLEAN DEFAULT 0 NOT NULL, sends_to VARCHAR(64), trusted BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_device PRIMARY KEY (id), 
	CONSTRAINT fk_device_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id), 
	CONSTRAINT uq_device_branch_id_role_name UNIQUE (branch_id, role, name)
);
INSERT INTO "device" VALUES(1,1,'kiosk','Lobby',NULL,'front',NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO "device" VALUES(2,1,'printer','front',80,NULL,'{"online": true, "paper": "near_end", "cover_open": false, "error": null, "device": "network://\u2026", "detail": null, "paper_mm": null, "undrawn": null}',1795486101000000,1795486101000000,0,0,NULL,0);
INSERT INTO "device" VALUES(3,1,'display','Hall',NULL,NULL,NULL,NULL,NULL,0,0,NULL,0);
CREATE TABLE event (
	branch_id INTEGER NOT NULL, 
	seq BIGINT NOT NULL, 
	type VARCHAR(20) NOT NULL, 
	at BIGINT NOT NULL, 
	ticket_id BIGINT, 
	number VARCHAR(16), 
	service VARCHAR(2), 
	counter INTEGER, 
	data JSON NOT NULL, digest BLOB, words BLOB, salt BLOB, 
	CONSTRAINT pk_event PRIMARY KEY (branch_id, seq), 
	CONSTRAINT fk_event_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id)
);
INSERT INTO "event" VALUES(1,1,'branch_changed',1795399200000000,NULL,NULL,NULL,NULL,'{"changes": ["branch central: added", "kiosk Lobby: added", "printer front: added", "display Hall: added", "staff rani: added"]}',X'C0D8BD3288151C4B2F3AA0CCCAB2FC7A4D0AD2773338F4259B90A93CBD6C2E76',NULL,NULL);
INSERT INTO "event" VALUES(2,1,'branch_changed',1795399200000000,NULL,NULL,NULL,NULL,'{"changes": ["branch kathmandu: added"]}',X'A399A3829A1F291C3B7E588EECCF4FA8192FCCC882261DFF8D935B5C81B59514',NULL,NULL);
INSERT INTO "event" VALUES(1,2,'issued',1795399200000000,1,'A001','A',NULL,'{"priority": "normal", "channel": "kiosk", "day": "2026-11-23", "language": "id", "issued_by": "token:1"}',X'4657FBEA3308C5EA2CD18D44CDE57EFC5C96BB5C756D1FDD3D6AB393B78F0EA9',NULL,NULL);
INSERT INTO "event" VALUES(1,3,'printer_changed',1795399207000000,NULL,NULL,NULL,NULL,'{"printer": "front", "connected": true}',X'60AA9041AED132035D490307272996A4F3F6BFDD78E3BABBF1553CC13F2A0028',NULL,NULL);
INSERT INTO "event" VALUES(1,4,'print_started',1795399214000000,1,'A001','A',NULL,'{"job": 1, "printer": "front"}',X'A01D7A08E2085C112E7B1C75B68455D1ADADFE256ED09AAE82F41BE61064006A',NULL,NULL);
INSERT INTO "event" VALUES(1,5,'print_printed',1795399221000000,1,'A001','A',NULL,'{"job": 1, "printer": "front", "detail": "as told"}',X'E69F11FEF188B21A44B839FA1C36A953C095DCC772AAE44536568AECF558A2DD',NULL,NULL);
INSERT INTO "event" VALUES(1,6,'issued',1795399228000000,2,'A002','A',NULL,'{"priority": "normal", "channel": "kiosk", "day": "2026-11-23", "language": "id", "issued_by": "token:1"}',X'0D8C2699A32E4A0CE4A4B5E091788BFA94D8E26BD7FF9F17F8148EB87AB671DA',NULL,NULL);
INSERT INTO "event" VALUES(1,7,'print_started',1795399242000000,2,'A002','A',NULL,'{"job": 2, "printer": "front"}',X'F3A4756C614897941EC78F7F7D05D68AD236F8D957A1AD1047E050314F741EA9',NULL,NULL);
INSERT INTO "event" VALUES(1,8,'print_printed',1795399249000000,2,'A002','A',NULL,'{"job": 2, "printer": "front", "detail": "as told"}',X'5C679F69204AA47533030B9E066FAA5A6B53E250D32AE4A691E282E8DB891115',NULL,NULL);
INSERT INTO "event" VALUES(1,9,'issued',1795399256000000,3,'B100','B',NULL,'{"priority": "normal", "channel": "kiosk", "day": "2026-11-23", "language": "id", "issued_by": "token:1"}',X'7C61CDD61B816B4252D1A531902200BFBDE581FC9165DB3622833B00E6758C0D',NULL,NULL);
INSERT INTO "event" VALUES(1,10,'print_started',1795399270000000,3,'B100','B',NULL,'{"job": 3, "printer": "front"}',X'1A94505DE680291803920F74122F32B371128650F8DBCB765282ADF32C469CA8',NULL,NULL);
INSERT INTO "event" VALUES(1,11,'print_printed',1795399277000000,3,'B100','B',NULL,'{"job": 3, "printer": "front", "detail": "as told"}',X'3296FA8F03E2FC56B9E50AE7F115093D30003F62EFDDACFFE639DC47E507E1D1',NULL,NULL);
INSERT INTO "event" VALUES(1,12,'counter_opened',1795399284000000,NULL,NULL,NULL,1,'{"agent": "agent", "holder": "token:5"}',X'071D48D6A24FF8048F9146784F9FBC1261EB995AE36F82E2CF0C4D3782983808',NULL,NULL);
INSERT INTO "event" VALUES(1,13,'called',1795399291000000,1,'A001','A',1,'{"from": "waiting", "counter_before": null, "why": "earliest"}',X'C103A835AECF69E895311819D29DCDA869F57E2A50DBD5DAD11C777B75DCA70B',NULL,NULL);
INSERT INTO "event" VALUES(1,14,'expired',1795485698000000,1,'A001','A',1,'{"from": "called"}',X'1ADC47A8AAC18B767685703AA2AF81DF224DF6C40D4B5786E52555C5448C8BE4',NULL,NULL);
INSERT INTO "event" VALUES(1,15,'expired',1795485698000000,2,'A002','A',NULL,'{"from": "waiting"}',X'B752E3350928AB5DB17BB317BC2EC2D135BC2A2F022B40B86B8D49863C15D4A2',NULL,NULL);
INSERT INTO "event" VALUES(1,16,'expired',1795485698000000,3,'B100','B',NULL,'{"from": "waiting"}',X'70B79619B0FE92B7C21BD02734BDB70234F218AB5C3F13D7904E4AE0FB431D20',NULL,NULL);
INSERT INTO "event" VALUES(1,17,'counter_closed',1795485698000000,NULL,NULL,NULL,1,'{"reason": "day_end"}',X'A85FFCB9A6CFD5F68ABE40814D98DF406FFADCF568E7FAFBBE8E8A6A4DFDAB7E',NULL,NULL);
INSERT INTO "event" VALUES(1,18,'day_started',1795485698000000,NULL,NULL,NULL,NULL,'{"day": "2026-11-24", "expired": 3, "carried": 0, "while_working": false, "last_event_at": "2026-11-23T02:01:31+00:00"}',X'2FEB4BD1F879F78C59EAD73697AD4B1A27665A71CAEF89E02BD89452C82F66E4',NULL,NULL);
INSERT INTO "event" VALUES(1,19,'notice_changed',1795485698000000,NULL,NULL,NULL,NULL,'{"notice": {"id": "Tutup pukul 15", "en": "Till 15"}}',X'B0E2296BBA590A04E25EFB821DEB104E3954B0EF43BF94A347F54655F58F7E01',NULL,NULL);
INSERT INTO "event" VALUES(1,20,'issued',1795485705000000,4,'A001','A',NULL,'{"priority": "normal", "channel": "kiosk", "day": "2026-11-24", "language": "id", "issued_by": "token:1"}',X'49D6EF45E0DC3C2970BC3F00960332B59ED346AAA2CA1CE6C6F316890019AD47',NULL,NULL);
INSERT INTO "event" VALUES(1,21,'print_started',1795485719000000,4,'A001','A',NULL,'{"job": 4, "printer": "front"}',X'70BDB6611FBBDE5E7089E298E541ED7E81E89EADFEC854C59D8533BF14C1E059',NULL,NULL);
INSERT INTO "event" VALUES(1,22,'print_printed',1795485726000000,4,'A001','A',NULL,'{"job": 4, "printer": "front", "detail": "as told"}',X'BA4986DC9A1904212988E07F0E69F8E3E596CF19AA202D5678722B5E34F6B4F4',NULL,NULL);
INSERT INTO "event" VALUES(1,23,'issued',1795485733000000,5,'A002','A',NULL,'{"priority": "normal", "channel": "kiosk", "day": "2026-11-24", "language": "id", "issued_by": "token:1"}',X'BC188297FB73B109702A8E8FB62A5B646350BB724958C997B2D4E68152EDD620',NULL,NULL);
INSERT INTO "event" VALUES(1,24,'print_not_sent',1795485747000000,5,'A002','A',NULL,'{"job": 5, "printer": "front", "detail": "as told"}',X'628A7134527C8E6528B5C5BD51120D868A5E972E47C41FA3181C68CEDDF6C64F',NULL,NULL);
INSERT INTO "event" VALUES(1,25,'issued',1795485754000000,6,'A003','A',NULL,'{"priority": "normal", "channel": "kiosk", "day": "2026-11-24", "language": "id", "issued_by": "token:1"}',X'A8A900A9B282450C24C20EEB3C91172AE3EF0A0AD78F03EE2726A0F2C6997CB0',NULL,NULL);
INSERT INTO "event" VALUES(1,26,'print_started',1795485768000000,6,'A003','A',NULL,'{"job": 6, "printer": "front"}',X'6790019379A50474F1E053F232B0A8D874DEB24604D5DAA72975BB0537359C43',NULL,NULL);
INSERT INTO "event" VALUES(1,27,'print_unknown',1795485775000000,6,'A003','A',NULL,'{"job": 6, "printer": "front", "detail": "as told"}',X'AE7348B3242A3100BEF2255068C64B62DEE096892CEF8997AA78735C4F2C47EE',NULL,NULL);
INSERT INTO "event" VALUES(1,28,'issued',1795485782000000,7,'B100','B',NULL,'{"priority": "senior", "channel": "kiosk", "day": "2026-11-24", "language": "en", "issued_by": "token:1"}',X'51DE8BD8730D7DBB4CCCDF3E906FF8E6A643032B58E70B05564337FB5B9DD697',NULL,NULL);
INSERT INTO "event" VALUES(1,29,'issued',1795485789000000,8,'A004','A',NULL,'{"priority": "senior", "channel": "kiosk", "day": "2026-11-24", "language": "id", "issued_by": "token:1"}',X'79838EBAFAB5DE9E6674EC41C223DCD793488A3BE7FABDD0A36985DA6E8632C8',NULL,NULL);
INSERT INTO "event" VALUES(1,30,'print_not_sent',1795485886000000,7,'B100','B',NULL,'{"job": 7, "printer": "front", "detail": "no printer started it in time"}',X'7C8D077AFD31F9139A2BB5C31AFCDA7C2B695922C5F4A452499514BB615FD16D',NULL,NULL);
INSERT INTO "event" VALUES(1,31,'print_not_sent',1795485886000000,8,'A004','A',NULL,'{"job": 8, "printer": "front", "detail": "no printer started it in time"}',X'5FBCFC4F7D0A24D0A7B7BEDA87A35728FA957DD18CC45C5BA2AEB607325A0115',NULL,NULL);
INSERT INTO "event" VALUES(1,32,'issued',1795485886000000,9,'A005','A',NULL,'{"priority": "normal", "channel": "kiosk", "day": "2026-11-24", "language": "id", "issued_by": "token:1"}',X'4E1A05CB7CD516A80E144A64A99C1F7A7214688E8F7941F00AB42D1477C23301',NULL,NULL);
INSERT INTO "event" VALUES(1,33,'issued',1795485893000000,10,'A006','A',NULL,'{"priority": "normal", "channel": "kiosk", "day": "2026-11-24", "language": "id", "issued_by": "token:1"}',X'C103F0DE800B223F5313BF9DC5BF97FCA73A6F96A7CA14691882AF7312713FAA',NULL,NULL);
INSERT INTO "event" VALUES(1,34,'counter_opened',1795485900000000,NULL,NULL,NULL,1,'{"agent": "agent", "holder": "token:5"}',X'3BD9DA25FFD8884978864F314334CD5A5EE4205A373D16FD96A2BFF47989B6B0',NULL,NULL);
INSERT INTO "event" VALUES(1,35,'counter_opened',1795485907000000,NULL,NULL,NULL,2,'{"agent": "agent", "holder": "token:5"}',X'55337D894B453A0C40DCA75F0E6CE5FD4FA01089C621FC5785BF80716B34639A',NULL,NULL);
INSERT INTO "event" VALUES(1,36,'counter_opened',1795485914000000,NULL,NULL,NULL,3,'{"agent": "agent", "holder": "token:5"}',X'94DA8B55F182040BEA5EDB4F12B95F0B4AF5595638CA6E8D5B9C3221502133E0',NULL,NULL);
INSERT INTO "event" VALUES(1,37,'called',1795485921000000,8,'A004','A',1,'{"from": "waiting", "counter_before": null, "why": "head_start"}',X'E48AE262DACCE5F1F62A7DB2D022A18201821928F4AD49164B30BEC8A50B8070',NULL,NULL);
INSERT INTO "event" VALUES(1,38,'recalled',1795485928000000,8,'A004','A',1,'{"recalls": 1}',X'41E53C04ED65EF02CF12458F85EAAAC7F6F3041DD29ABD50225630A23FCD3ABE',NULL,NULL);
INSERT INTO "event" VALUES(1,39,'started',1795485935000000,8,'A004','A',1,'{"from": "called"}',X'FFC44FFA13D3A1883EFCF4FDB447A04BCEBB9220021EE9AEF136B8046BA36DCD',NULL,NULL);
INSERT INTO "event" VALUES(1,40,'finished',1795485942000000,8,'A004','A',1,'{"from": "serving", "outcome": "done"}',X'DA3995C2FC629AA9AF8D1BB4BE3912883E69775DE1229A25DB335ADA97046D3A',X'04ADBD5246F06CF387DB888AC2BD71896786EDCFAF542A7DBB7EED06AD88656D',X'1B93CC650D87D281B55A5BBDE30F98AE');
INSERT INTO "event" VALUES(1,41,'called',1795485949000000,4,'A001','A',1,'{"from": "waiting", "counter_before": null, "why": "earliest"}',X'98988DA0E372F8967D666504020B3019384ADD01484F72877F5E8456364AE72A',NULL,NULL);
INSERT INTO "event" VALUES(1,42,'no_show',1795485956000000,4,'A001','A',1,'{"from": "called"}',X'D2BF33E6E81778A36E9840C4918A3E4751EAF2FE9F77AEDA9C12AB7815E04176',NULL,NULL);
INSERT INTO "event" VALUES(1,43,'called',1795485963000000,5,'A002','A',1,'{"from": "waiting", "counter_before": null, "why": "earliest"}',X'5068E3313772C6CB07E7F23492CBEE50EF87BFA644D8FCC10B0DAE57941D3FBE',NULL,NULL);
INSERT INTO "event" VALUES(1,44,'started',1795485970000000,5,'A002','A',1,'{"from": "called"}',X'176A03E6F5DC93320A423B9627E7EB5C07B5E4CEFC0F87834AEB63DFC7A5A27B',NULL,NULL);
INSERT INTO "event" VALUES(1,45,'transferred',1795485977000000,5,'A002','B',1,'{"from": "serving", "keep_place": false, "note": "asks for \"form 7\"; O''Hara"}',X'E8AEEBE09E5331B0CBAA87C81DE321A5DC19FCE02B3552F2AF5A3D83AD00A634',X'6B5F5B23AD5E9636DE1BBDCF6296DD2E8D92F6F6FD78EF35A106595315FF7A38',X'6E8AA4400E35D41D2558173584FB9627');
INSERT INTO "event" VALUES(1,46,'called',1795485984000000,6,'A003','A',1,'{"from": "waiting", "counter_before": null, "why": "earliest"}',X'7BCE479B303ACBB6F05DA0709D36DC57B53F8FFCC498A8110F818700695D1712',NULL,NULL);
INSERT INTO "event" VALUES(1,47,'parked',1795485991000000,6,'A003','A',1,'{"reason": "fetches a copy"}',X'813B659B7FC692788708963EF3965E321A46C1E86D2C9C04A222423100E6814F',X'F669A8EB13401391C1C6E39D9133F2CB3809D486BC7D8FA6D623CD789C428C2D',X'ACD34D33C2E15C8B853A3591946FFE66');
INSERT INTO "event" VALUES(1,48,'called',1795485998000000,7,'B100','B',2,'{"from": "waiting", "counter_before": null, "why": "earliest"}',X'6F22EE2D90A7605469C35D6F6B1FE022375B57561F2F9ABB1F5C63235FFD7AB6',NULL,NULL);
INSERT INTO "event" VALUES(1,49,'started',1795486005000000,7,'B100','B',2,'{"from": "called"}',X'C082AF269D2ACF576092B81EB43F1492919B9FA0B25C35955612CA5DD9EB09AB',NULL,NULL);
INSERT INTO "event" VALUES(1,50,'called',1795486012000000,9,'A005','A',3,'{"from": "waiting", "counter_before": null, "why": "earliest"}',X'458BDC8DBBBEAB887344CAA7181579D49CC0E9B6B4BA438DC9ACFFCBFF34D655',NULL,NULL);
INSERT INTO "event" VALUES(1,51,'put_back',1795486019000000,9,'A005','A',3,'{"from": "called", "keep_place": true}',X'D3743DF18EEB2E8AD9DCCBED213C0DAD86B7AE935A4F3210937E72C27F3157F9',NULL,NULL);
INSERT INTO "event" VALUES(1,52,'counter_paused',1795486026000000,NULL,NULL,NULL,3,'{"reason": "prayer"}',X'7B32E128440E7EDFE84D07A60C9FE526CF63996C2AA4A311171769648F12B70D',X'80041BBE42D39827E67A687915D8EC5E619E15E8BE6E2D4A9306DE568E5CDE1D',X'5E07EAF7840CA6FCE2C053BD6A1CA3C2');
INSERT INTO "event" VALUES(1,53,'cancelled',1795486033000000,10,'A006','A',NULL,'{"by": "staff"}',X'103CB1CEEED0E77620317ED2FDCF6C40208EF194D8F8A7FBBF2DC7EBB6F88ED0',NULL,NULL);
INSERT INTO "event" VALUES(1,54,'issued',1795486045000000,11,'A007','A',NULL,'{"priority": "normal", "channel": "kiosk", "day": "2026-11-24", "language": "id", "issued_by": "token:1"}',X'A99FF8E9953B3E57473586C0E6E9A490DCD484CFD00B8A4DDE7D4196E2F522FD',NULL,NULL);
INSERT INTO "event" VALUES(1,55,'issued',1795486052000000,12,'A008','A',NULL,'{"priority": "normal", "channel": "kiosk", "day": "2026-11-24", "language": "id", "issued_by": "token:1"}',X'1A070EA9658936C6BD90DBB322C8940AE9736BC582100E40745E680CEB4A61FB',NULL,NULL);
INSERT INTO "event" VALUES(1,56,'issued',1795486059000000,13,'A009','A',NULL,'{"priority": "normal", "channel": "kiosk", "day": "2026-11-24", "language": "id", "issued_by": "token:1"}',X'AADF1ECC69246BD5722E64F18D4FE128CA3F3AA294F14AB3C0C877A03041757B',NULL,NULL);
INSERT INTO "event" VALUES(1,57,'issued',1795486066000000,14,'A010','A',NULL,'{"priority": "normal", "channel": "kiosk", "day": "2026-11-24", "language": "id", "issued_by": "token:1"}',X'7E1EEA18EF2AAC0FEA26F35BF3A5B4725AA791E77AD8E6F35C75937BEBFA5218',NULL,NULL);
INSERT INTO "event" VALUES(1,58,'called',1795486073000000,9,'A005','A',1,'{"from": "waiting", "counter_before": null, "why": "earliest"}',X'4B643AC05AD424CB0363B5CE66FDC8FE39E67B3182CC6F0ECE58D0C97618389C',NULL,NULL);
INSERT INTO "event" VALUES(1,59,'print_started',1795486087000000,11,'A007','A',NULL,'{"job": 11, "printer": "front"}',X'41EAD14757EF342A7294C98F5B145435949894369F533B2080446BAEA9678B2C',NULL,NULL);
INSERT INTO "event" VALUES(1,60,'printer_changed',1795486101000000,NULL,NULL,NULL,NULL,'{"printer": "front", "connected": true, "online": true, "paper": "near_end", "cover_open": false, "error": null, "device": "network://\u2026", "detail": null, "paper_mm": null, "undrawn": null}',X'CC6D79F092E55E1492FF9C55CFC73D66B673A84C0B77D8EE04822A772F90946F',NULL,NULL);
CREATE TABLE idempotency (
	principal VARCHAR(64) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	deed JSON NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_idempotency PRIMARY KEY (principal, "key")
);
INSERT INTO "idempotency" VALUES('token:1','press-0','455555f1f87ec6ed259a531c49d9ffd6ce2155bcf9becc929219b9be94c1bcf1','{"ticket": 1, "print_job": 1}',1795399200000000);
INSERT INTO "idempotency" VALUES('token:1','press-1','455555f1f87ec6ed259a531c49d9ffd6ce2155bcf9becc929219b9be94c1bcf1','{"ticket": 2, "print_job": 2}',1795399228000000);
INSERT INTO "idempotency" VALUES('token:1','press-2','70721f33e730b455e850af9d16e7004476a0f73f0730b3816e6345d0040c7e0f','{"ticket": 3, "print_job": 3}',1795399256000000);
INSERT INTO "idempotency" VALUES('token:1','press-3','455555f1f87ec6ed259a531c49d9ffd6ce2155bcf9becc929219b9be94c1bcf1','{"ticket": 4, "print_job": 4}',1795485705000000);
INSERT INTO "idempotency" VALUES('token:1','press-4','455555f1f87ec6ed259a531c49d9ffd6ce2155bcf9becc929219b9be94c1bcf1','{"ticket": 5, "print_job": 5}',1795485733000000);
INSERT INTO "idempotency" VALUES('token:1','press-5','455555f1f87ec6ed259a531c49d9ffd6ce2155bcf9becc929219b9be94c1bcf1','{"ticket": 6, "print_job": 6}',1795485754000000);
INSERT INTO "idempotency" VALUES('token:1','press-6','fab0ae9fbfe91fc4291c6537965ab56327b444d4992d54f252ac5d68f8b3ab6e','{"ticket": 7, "print_job": 7}',1795485782000000);
INSERT INTO "idempotency" VALUES('token:1','press-7','293237ff5feef52443ef72c8503a83d7ae03a5984020144fa392bbd874440e4a','{"ticket": 8, "print_job": 8}',1795485789000000);
INSERT INTO "idempotency" VALUES('token:1','press-8','455555f1f87ec6ed259a531c49d9ffd6ce2155bcf9becc929219b9be94c1bcf1','{"ticket": 9, "print_job": 9}',1795485886000000);
INSERT INTO "idempotency" VALUES('token:1','press-9','455555f1f87ec6ed259a531c49d9ffd6ce2155bcf9becc929219b9be94c1bcf1','{"ticket": 10, "print_job": 10}',1795485893000000);
INSERT INTO "idempotency" VALUES('token:1','press-10','455555f1f87ec6ed259a531c49d9ffd6ce2155bcf9becc929219b9be94c1bcf1','{"ticket": 11, "print_job": 11}',1795486045000000);
INSERT INTO "idempotency" VALUES('token:1','press-11','455555f1f87ec6ed259a531c49d9ffd6ce2155bcf9becc929219b9be94c1bcf1','{"ticket": 12, "print_job": 12}',1795486052000000);
INSERT INTO "idempotency" VALUES('token:1','press-12','455555f1f87ec6ed259a531c49d9ffd6ce2155bcf9becc929219b9be94c1bcf1','{"ticket": 13, "print_job": 13}',1795486059000000);
INSERT INTO "idempotency" VALUES('token:1','press-13','455555f1f87ec6ed259a531c49d9ffd6ce2155bcf9becc929219b9be94c1bcf1','{"ticket": 14, "print_job": 14}',1795486066000000);
CREATE TABLE known_browser (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	last_used_at BIGINT NOT NULL, 
	CONSTRAINT pk_known_browser PRIMARY KEY (id), 
	CONSTRAINT fk_known_browser_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_known_browser_user_id_hash UNIQUE (user_id, hash)
);
INSERT INTO "known_browser" VALUES(1,1,'dc7bf9c3985c00b15b6e528387c193d70ba1b8626f3ce76bdd383cfdeaa6aad0',1795486040000000);
INSERT INTO "known_browser" VALUES(2,2,'cb38a3908201870005ac74f350e2bd522190d9813f3b78eb800786bcf946cc5e',1795486040000000);
CREATE TABLE leg (
	id INTEGER NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	branch_id INTEGER NOT NULL, 
	business_day VARCHAR(10) NOT NULL, 
	service VARCHAR(2) NOT NULL, 
	counter INTEGER, 
	queued_at BIGINT NOT NULL, 
	called_at BIGINT, 
	started_at BIGINT, 
	ended_at BIGINT, 
	outcome VARCHAR(12), 
	recalls INTEGER NOT NULL, 
	called_seq BIGINT, 
	CONSTRAINT pk_leg PRIMARY KEY (id), 
	CONSTRAINT fk_leg_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id), 
	CONSTRAINT fk_leg_ticket_id_ticket FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);
INSERT INTO "leg" VALUES(1,1,1,'2026-11-23','A',1,1795399200000000,1795399291000000,NULL,1795485698000000,'expired',0,13);
INSERT INTO "leg" VALUES(2,2,1,'2026-11-23','A',NULL,1795399228000000,NULL,NULL,1795485698000000,'expired',0,NULL);
INSERT INTO "leg" VALUES(3,3,1,'2026-11-23','B',NULL,1795399256000000,NULL,NULL,1795485698000000,'expired',0,NULL);
INSERT INTO "leg" VALUES(4,4,1,'2026-11-24','A',1,1795485705000000,1795485949000000,NULL,1795485956000000,'no_show',0,41);
INSERT INTO "leg" VALUES(5,5,1,'2026-11-24','A',1,1795485733000000,1795485963000000,1795485970000000,1795485977000000,'transferred',0,43);
INSERT INTO "leg" VALUES(6,6,1,'2026-11-24','A',1,1795485754000000,1795485984000000,NULL,1795485991000000,'parked',0,46);
INSERT INTO "leg" VALUES(7,7,1,'2026-11-24','B',2,1795485782000000,1795485998000000,1795486005000000,NULL,NULL,0,48);
INSERT INTO "leg" VALUES(8,8,1,'2026-11-24','A',1,1795485789000000,1795485921000000,1795485935000000,1795485942000000,'served',1,38);
INSERT INTO "leg" VALUES(9,9,1,'2026-11-24','A',3,1795485886000000,1795486012000000,NULL,1795486019000000,'put_back',0,50);
INSERT INTO "leg" VALUES(10,10,1,'2026-11-24','A',NULL,1795485893000000,NULL,NULL,1795486033000000,'cancelled',0,NULL);
INSERT INTO "leg" VALUES(11,5,1,'2026-11-24','B',NULL,1795485977000000,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "leg" VALUES(12,9,1,'2026-11-24','A',1,1795486019000000,1795486073000000,NULL,NULL,NULL,0,58);
INSERT INTO "leg" VALUES(13,11,1,'2026-11-24','A',NULL,1795486045000000,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "leg" VALUES(14,12,1,'2026-11-24','A',NULL,1795486052000000,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "leg" VALUES(15,13,1,'2026-11-24','A',NULL,1795486059000000,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "leg" VALUES(16,14,1,'2026-11-24','A',NULL,1795486066000000,NULL,NULL,NULL,NULL,0,NULL);
CREATE TABLE membership (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	branch_id INTEGER, 
	role VARCHAR(12) NOT NULL, 
	CONSTRAINT pk_membership PRIMARY KEY (id), 
	CONSTRAINT fk_membership_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id), 
	CONSTRAINT fk_membership_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_membership_user_id_branch_id UNIQUE (user_id, branch_id)
);
INSERT INTO "membership" VALUES(1,1,1,'agent');
INSERT INTO "membership" VALUES(2,2,1,'admin');
CREATE TABLE meta (
	"key" VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('server_key','863d3bfb54cfd4b712cf26b9377ba1f05a2ec8614909c102f3c364e800881aef');
CREATE TABLE number_series (
	branch_id INTEGER NOT NULL, 
	service VARCHAR(2) NOT NULL, 
	business_day VARCHAR(10) NOT NULL, 
	last INTEGER NOT NULL, left_out INTEGER DEFAULT 0 NOT NULL, phones INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_number_series PRIMARY KEY (branch_id, service, business_day), 
	CONSTRAINT fk_number_series_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id)
);
INSERT INTO "number_series" VALUES(1,'A','2026-11-23',2,0,0);
INSERT INTO "number_series" VALUES(1,'B','2026-11-23',100,0,0);
INSERT INTO "number_series" VALUES(1,'A','2026-11-24',10,0,0);
INSERT INTO "number_series" VALUES(1,'B','2026-11-24',100,0,0);
CREATE TABLE print_job (
	id INTEGER NOT NULL, 
	branch_id INTEGER NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	printer VARCHAR(64), 
	issued_by VARCHAR(64) NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	reprint BOOLEAN NOT NULL, 
	content JSON NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	claimed_by BIGINT, 
	lease VARCHAR(43), 
	lease_expires_at BIGINT, 
	started_at BIGINT, 
	ended_at BIGINT, 
	detail TEXT, resolution VARCHAR(10), resolved_by VARCHAR(64), resolved_at BIGINT, unknown_reason VARCHAR(10), 
	CONSTRAINT pk_print_job PRIMARY KEY (id), 
	CONSTRAINT fk_print_job_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id), 
	CONSTRAINT fk_print_job_ticket_id_ticket FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);
INSERT INTO "print_job" VALUES(1,1,1,'front','token:1','printed',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A001", "service": "Rekening", "priority": null, "ahead": "Anda di urutan pertama", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "23 November 2026 09.00", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795399200000000,1795399260000000,2,'LCayKmO7X48cDK5Y_mBsVw',1795399274000000,1795399214000000,1795399221000000,'as told',NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(2,1,2,'front','token:1','printed',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A002", "service": "Rekening", "priority": null, "ahead": "1 orang di depan Anda", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "23 November 2026 09.00", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795399228000000,1795399288000000,2,'hui8n-Xh9w_CWFJeCs-lqQ',1795399302000000,1795399242000000,1795399249000000,'as told',NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(3,1,3,'front','token:1','printed',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "B100", "service": "Pinjaman", "priority": null, "ahead": "Anda di urutan pertama", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "23 November 2026 09.00", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795399256000000,1795399316000000,2,'MUXksffCuMV5AUbsAm-IFA',1795399330000000,1795399270000000,1795399277000000,'as told',NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(4,1,4,'front','token:1','printed',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A001", "service": "Rekening", "priority": null, "ahead": "Anda di urutan pertama", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "24 November 2026 09.01", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795485705000000,1795485765000000,2,'rHqdahjVeBoKHkqWF8BvRg',1795485779000000,1795485719000000,1795485726000000,'as told',NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(5,1,5,'front','token:1','not_sent',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A002", "service": "Rekening", "priority": null, "ahead": "1 orang di depan Anda", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "24 November 2026 09.02", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795485733000000,1795485793000000,2,'xH1DrcLHxa38Rw3fHjQD2A',1795485755000000,NULL,1795485747000000,'as told',NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(6,1,6,'front','token:1','unknown',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A003", "service": "Rekening", "priority": null, "ahead": "2 orang di depan Anda", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "24 November 2026 09.02", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795485754000000,1795485814000000,2,'DuVTX2f3nwj27Y45cj7Fww',1795485828000000,1795485768000000,1795485775000000,'as told',NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(7,1,7,'front','token:1','expired',0,'{"language": "en", "branch": "Central \"Branch\"", "label": "Queue number", "number": "B100", "service": "Loans", "priority": "Senior", "ahead": "You are first in line", "wait": "No counter is open for this service now.", "issued": "24 November 2026 09:03", "url": null, "scan": "Scan to follow your turn on your phone", "note": "Please wait until your number is called", "reprint": null}',1795485782000000,1795485842000000,NULL,NULL,NULL,NULL,1795485886000000,'no printer started it in time',NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(8,1,8,'front','token:1','expired',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A004", "service": "Rekening", "priority": "Lansia", "ahead": "Anda di urutan pertama", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "24 November 2026 09.03", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795485789000000,1795485849000000,NULL,NULL,NULL,NULL,1795485886000000,'no printer started it in time',NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(9,1,9,'front','token:1','queued',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A005", "service": "Rekening", "priority": null, "ahead": "4 orang di depan Anda", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "24 November 2026 09.04", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795485886000000,1795485946000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(10,1,10,'front','token:1','queued',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A006", "service": "Rekening", "priority": null, "ahead": "5 orang di depan Anda", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "24 November 2026 09.04", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795485893000000,1795485953000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(11,1,11,'front','token:1','started',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A007", "service": "Rekening", "priority": null, "ahead": "1 orang di depan Anda", "wait": "sekitar 2\u20139 menit", "issued": "24 November 2026 09.07", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795486045000000,1795486105000000,2,'N_Eq2RqD-JNvOTqV4BX9WQ',1795486161000000,1795486087000000,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(12,1,12,'front','token:1','claimed',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A008", "service": "Rekening", "priority": null, "ahead": "2 orang di depan Anda", "wait": "sekitar 4\u201311 menit", "issued": "24 November 2026 09.07", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795486052000000,1795486112000000,2,'B80UIL8chcIy9076F6vR0w',1795486109000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(13,1,13,'front','token:1','queued',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A009", "service": "Rekening", "priority": null, "ahead": "3 orang di depan Anda", "wait": "sekitar 5\u201314 menit", "issued": "24 November 2026 09.07", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795486059000000,1795486119000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(14,1,14,'front','token:1','queued',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A010", "service": "Rekening", "priority": null, "ahead": "4 orang di depan Anda", "wait": "sekitar 5\u201320 menit", "issued": "24 November 2026 09.07", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795486066000000,1795486126000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE priority_class (
	branch_id INTEGER NOT NULL, 
	code VARCHAR(32) NOT NULL, 
	name JSON NOT NULL, 
	head_start_seconds INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	retired BOOLEAN NOT NULL, 
	CONSTRAINT pk_priority_class PRIMARY KEY (branch_id, code), 
	CONSTRAINT fk_priority_class_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id)
);
INSERT INTO "priority_class" VALUES(1,'senior','{"en": "Senior", "id": "Lansia"}',1200,0,0);
CREATE TABLE service (
	branch_id INTEGER NOT NULL, 
	code VARCHAR(2) NOT NULL, 
	name JSON NOT NULL, 
	first_number INTEGER NOT NULL, 
	last_number INTEGER NOT NULL, 
	target_wait_seconds INTEGER NOT NULL, 
	daily_quota INTEGER, 
	position INTEGER NOT NULL, 
	retired BOOLEAN NOT NULL, 
	CONSTRAINT pk_service PRIMARY KEY (branch_id, code), 
	CONSTRAINT fk_service_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id)
);
INSERT INTO "service" VALUES(1,'A','{"en": "Accounts", "id": "Rekening"}',1,999,900,300,0,0);
INSERT INTO "service" VALUES(1,'B','{"en": "Loans", "id": "Pinjaman"}',100,899,900,NULL,1,0);
INSERT INTO "service" VALUES(2,'Q','{"en": "Questions"}',1,999,900,NULL,0,0);
CREATE TABLE session (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	csrf_token VARCHAR(64) NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	revoked_at BIGINT, 
	CONSTRAINT pk_session PRIMARY KEY (id), 
	CONSTRAINT fk_session_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_session_hash UNIQUE (hash)
);
INSERT INTO "session" VALUES(1,1,'80fdef0b26974aad53f9fd15aaaef883668ec16a843fecf23a024fc03bac0c42','KcyVhD9ZGTXmLA-cxUlDGRv8GZ_nBUMM',1795486040000000,1795536440000000,1795486040000000);
INSERT INTO "session" VALUES(2,2,'7f40e2c4aa00a8f96944341f28e1f13c2dc9a79010093cb5d46ab14926c08034','pQjWydZOtjCdagG1nBQP_UCjOuJYUDFu',1795486040000000,1795536440000000,NULL);
CREATE TABLE sign_in_failure (
	user_id INTEGER NOT NULL, 
	count INTEGER NOT NULL, 
	first_at BIGINT NOT NULL, 
	last_at BIGINT NOT NULL, 
	last_address VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_sign_in_failure PRIMARY KEY (user_id), 
	CONSTRAINT fk_sign_in_failure_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id)
);
INSERT INTO "sign_in_failure" VALUES(1,3,1795486040000000,1795486040000000,'127.0.0.1');
INSERT INTO "sign_in_failure" VALUES(2,3,1795486040000000,1795486040000000,'127.0.0.1');
CREATE TABLE ticket (
	id INTEGER NOT NULL, 
	branch_id INTEGER NOT NULL, 
	business_day VARCHAR(10) NOT NULL, 
	number VARCHAR(16) NOT NULL, 
	service VARCHAR(2) NOT NULL, 
	priority VARCHAR(32) NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	issued_at BIGINT NOT NULL, 
	place_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	counter INTEGER, 
	for_counter INTEGER, 
	leg_id BIGINT, 
	note TEXT, 
	origin VARCHAR(64) NOT NULL, channel VARCHAR(8), 
	CONSTRAINT pk_ticket PRIMARY KEY (id), 
	CONSTRAINT fk_ticket_branch_id_service_service FOREIGN KEY(branch_id, service) REFERENCES service (branch_id, code), 
	CONSTRAINT fk_ticket_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id), 
	CONSTRAINT uq_ticket_branch_id_business_day_number UNIQUE (branch_id, business_day, number)
);
INSERT INTO "ticket" VALUES(1,1,'2026-11-23','A001','A','normal','expired','id',1795399200000000,1795399200000000,1795485698000000,1,NULL,NULL,NULL,'token:1','kiosk');
INSERT INTO "ticket" VALUES(2,1,'2026-11-23','A002','A','normal','expired','id',1795399228000000,1795399228000000,1795485698000000,NULL,NULL,NULL,NULL,'token:1','kiosk');
INSERT INTO "ticket" VALUES(3,1,'2026-11-23','B100','B','normal','expired','id',1795399256000000,1795399256000000,1795485698000000,NULL,NULL,NULL,NULL,'token:1','kiosk');
INSERT INTO "ticket" VALUES(4,1,'2026-11-24','A001','A','normal','no_show','id',1795485705000000,1795485705000000,1795485956000000,1,NULL,NULL,NULL,'token:1','kiosk');
INSERT INTO "ticket" VALUES(5,1,'2026-11-24','A002','B','normal','waiting','id',1795485733000000,1795485977000000,NULL,NULL,NULL,11,'asks for "form 7"; O''Hara','token:1','kiosk');
INSERT INTO "ticket" VALUES(6,1,'2026-11-24','A003','A','normal','parked','id',1795485754000000,1795485754000000,NULL,1,NULL,NULL,'fetches a copy','token:1','kiosk');
INSERT INTO "ticket" VALUES(7,1,'2026-11-24','B100','B','senior','serving','en',1795485782000000,1795485782000000,NULL,2,NULL,7,NULL,'token:1','kiosk');
INSERT INTO "ticket" VALUES(8,1,'2026-11-24','A004','A','senior','served','id',1795485789000000,1795485789000000,1795485942000000,1,NULL,NULL,NULL,'token:1','kiosk');
INSERT INTO "ticket" VALUES(9,1,'2026-11-24','A005','A','normal','called','id',1795485886000000,1795485886000000,NULL,1,NULL,12,NULL,'token:1','kiosk');
INSERT INTO "ticket" VALUES(10,1,'2026-11-24','A006','A','normal','cancelled','id',1795485893000000,1795485893000000,1795486033000000,NULL,NULL,NULL,NULL,'token:1','kiosk');
INSERT INTO "ticket" VALUES(11,1,'2026-11-24','A007','A','normal','waiting','id',1795486045000000,1795486045000000,NULL,NULL,NULL,13,NULL,'token:1','kiosk');
INSERT INTO "ticket" VALUES(12,1,'2026-11-24','A008','A','normal','waiting','id',1795486052000000,1795486052000000,NULL,NULL,NULL,14,NULL,'token:1','kiosk');
INSERT INTO "ticket" VALUES(13,1,'2026-11-24','A009','A','normal','waiting','id',1795486059000000,1795486059000000,NULL,NULL,NULL,15,NULL,'token:1','kiosk');
INSERT INTO "ticket" VALUES(14,1,'2026-11-24','A010','A','normal','waiting','id',1795486066000000,1795486066000000,NULL,NULL,NULL,16,NULL,'token:1','kiosk');
CREATE TABLE token (
	id INTEGER NOT NULL, 
	branch_id INTEGER NOT NULL, 
	role VARCHAR(12) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	device_id INTEGER, 
	created_at BIGINT NOT NULL, 
	revoked_at BIGINT, 
	CONSTRAINT pk_token PRIMARY KEY (id), 
	CONSTRAINT fk_token_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id), 
	CONSTRAINT fk_token_device_id_device FOREIGN KEY(device_id) REFERENCES device (id), 
	CONSTRAINT uq_token_hash UNIQUE (hash)
);
INSERT INTO "token" VALUES(1,1,'kiosk','Lobby','cfccb17f8591bc0f5fb7d1c78107a8fbc46f565803ac77bc43ed73d07609e198',1,1795399200000000,NULL);
INSERT INTO "token" VALUES(2,1,'printer','front','e141aec6cb3ecda2e7263114f65a58d14cd58572365966fc294d140bac2aafbf',2,1795399200000000,NULL);
INSERT INTO "token" VALUES(3,1,'display','Hall','ed429637045e014d4aefe7afd33372b8df30c1c57fdc1b52826371907d9d385e',3,1795399200000000,NULL);
INSERT INTO "token" VALUES(4,1,'api','api','5ecfad48221e3e3996d5b1ecbf147013d9fe03df19ded55cd930ea86559e6f67',NULL,1795399200000000,NULL);
INSERT INTO "token" VALUES(5,1,'agent','agent','3ecb11256f79e3acc927407e58bd938c53f5dff44cc110887c36c1627aa4ed11',NULL,1795399200000000,NULL);
INSERT INTO "token" VALUES(6,1,'supervisor','supervisor','1b015c88ae5a70d3917a0ec4dbadc9d27d65de72cc51bd75e6e134e1843520c9',NULL,1795399200000000,NULL);
INSERT INTO "token" VALUES(7,1,'admin','admin','f58a75b0c16aa20d3b2442098212d0d9bb6b3f01aa35decf360e625826561d23',NULL,1795399200000000,NULL);
CREATE TABLE "user_account" (
	id INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	password_hash TEXT, 
	disabled BOOLEAN NOT NULL, 
	folded TEXT NOT NULL, 
	namesake INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_user_account PRIMARY KEY (id), 
	CONSTRAINT uq_user_account_name UNIQUE (name), 
	CONSTRAINT uq_user_account_folded_namesake UNIQUE (folded, namesake)
);
INSERT INTO "user_account" VALUES(1,'rani','$argon2id$v=19$m=8,t=1,p=1$qBJMa7vf226XPjltv0XxYA$6mt/nR/JIZQNA35/ZQGIwnG3i2kOHM/LPfC/AWt37ew',0,'rani',0);
INSERT INTO "user_account" VALUES(2,'wulan','$argon2id$v=19$m=8,t=1,p=1$qBJMa7vf226XPjltv0XxYA$6mt/nR/JIZQNA35/ZQGIwnG3i2kOHM/LPfC/AWt37ew',0,'wulan',0);
CREATE INDEX ix_idempotency_at ON idempotency (at);
CREATE INDEX ix_event_ticket_id ON event (ticket_id);
CREATE INDEX ix_session_user_id ON session (user_id);
CREATE UNIQUE INDEX uq_ticket_at_counter ON ticket (branch_id, counter) WHERE state IN ('called','serving');
CREATE INDEX ix_leg_day ON leg (branch_id, business_day);
CREATE INDEX ix_leg_ticket_id ON leg (ticket_id);
CREATE INDEX ix_print_job_open ON print_job (branch_id, id) WHERE state IN ('queued','claimed','started');
CREATE INDEX ix_print_job_ticket_id ON print_job (ticket_id);
CREATE INDEX ix_ticket_line ON ticket (branch_id, service, priority, place_at, id, state, for_counter) WHERE state = 'waiting' AND for_counter IS NULL;
CREATE INDEX ix_ticket_moved ON ticket (branch_id, for_counter, place_at, id) WHERE state = 'waiting' AND for_counter IS NOT NULL;
CREATE INDEX ix_leg_called ON leg (branch_id, called_seq) WHERE called_seq IS NOT NULL;
CREATE INDEX ix_leg_served ON leg (branch_id, service, ended_at, called_at, outcome) WHERE outcome = 'served';
CREATE INDEX ix_event_counter ON event (branch_id, counter, at) WHERE counter IS NOT NULL;
CREATE INDEX ix_known_browser_hash ON known_browser (hash);
CREATE UNIQUE INDEX uq_membership_everywhere ON membership (user_id) WHERE branch_id IS NULL;
CREATE UNIQUE INDEX uq_ticket_open_number ON ticket (branch_id, number) WHERE state IN ('waiting','called','serving','parked');
COMMIT;
