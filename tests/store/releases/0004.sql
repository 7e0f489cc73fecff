-- {"tokens": {"kiosk": "gl_kiosk_0BdU3Nhwwcc6c4i8aqEl31blWezceWqQBafyG5scsCs", "printer": "gl_printer__E_7k5da_jK4IeLbv4PvNQKagEXP6pm3ImfuCrfY9zQ", "display": "gl_display_1BBjFqhqvgxPsS8nM14zJiFBtivmXUxrZ2WlPOdbT2Y", "api": "gl_api_oWMSilP5jtqPXp96gHzkbCJOcPcuur2fhmCj6ujLqLA", "agent": "gl_agent_V3J3VGjOD2uCPvc_T7co8gSXnv3vZof2IrcW-LjGaBg", "supervisor": "gl_supervisor_EDAZfsiFhypTRS48q9Qx5NEjjv3Gl4zgR-H2n1Fd6VE", "admin": "gl_admin_BjJfTFzIPn_-HLWKqn2Li7SmJ5-rx6plZRZMjVuZYoQ"}, "customers": {"1-_2d0v4OZtwYz_dvJCZac": "A001", "2-jcogDo5Kkufvj_39qmw4": "A002", "3-mnLHznW4MMuYxAbG8ypq": "B100", "4-zgwRdkx-PPIiSlpZ3w56": "A001", "5-18QIJbEzOa641ZF5Ozrk": "A002", "6-5Ia4KYC0OMKD7NqqmsSt": "A003", "7-U06e39dmM4lPgRaDO5U2": "B100", "8-yjS3D1d3vJbHA1R2GvbS": "A004", "9-qYJr4EP25hcqCimY_3Py": "A005", "10-IFHmUPBG8I9tggOTXOz1": "A006", "11-RRli7S-f5OhZH9s68E9U": "A007", "12-aJ3r5qpkdbGSfo9MGYI0": "A008", "13-V5RG7Ic-pIr5Moi1pEys": "A009", "14-G13yLEfkWICGSkLfxMFD": "A010"}, "session": "gl_session_58VTPHPmfhMZW-PmaJZFUHB_INB7ceIOi7QO7sJPA0M", "now": "2026-11-24T02:08:28+00:00"}
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
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
	expired_to VARCHAR(10), special_days JSON, last_ticket_minutes INTEGER DEFAULT 0 NOT NULL, retention_days INTEGER DEFAULT 90 NOT NULL, erased_to VARCHAR(10), carry_hours INTEGER DEFAULT 12 NOT NULL, carried_until BIGINT, last_turn JSON, phone_share FLOAT DEFAULT (0.5) NOT NULL, 
	CONSTRAINT pk_branch PRIMARY KEY (id), 
	CONSTRAINT uq_branch_slug UNIQUE (slug)
);
INSERT INTO "branch" VALUES(1,'central','{"en": "Central \"Branch\"", "id": "Cabang Pusat"}','Asia/Jakarta','["id", "en"]','00:00',0,NULL,'{"0": [["06:00", "22:00"]], "1": [["06:00", "22:00"]], "2": [["06:00", "22:00"]], "3": [["06:00", "22:00"]], "4": [["06:00", "22:00"]], "5": [["06:00", "22:00"]], "6": [["06:00", "22:00"]]}',0,120,'{"id": "Tutup pukul 15", "en": "Till 15"}',0,2051577730245288471,60,1795486101000000,'2026-11-24','{}',0,90,NULL,12,NULL,'{"day": "2026-11-24", "at": "2026-11-24T02:01:38+00:00", "expired": 3, "carried": 0, "last_at": "2026-11-23T02:01:31+00:00", "jump": null}',0.5);
INSERT INTO "branch" VALUES(2,'kathmandu','{"en": "\u0915\u093e\u0920\u092e\u093e\u0921\u094c\u0901"}','Asia/Kathmandu','["en"]','00:00',0,NULL,'null',0,120,'null',0,1497679345246375978,1,1795399200000000,'2026-11-24','{}',0,90,NULL,12,NULL,NULL,0.5);
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
	changed_at BIGINT, 
	CONSTRAINT pk_counter PRIMARY KEY (branch_id, number), 
	CONSTRAINT fk_counter_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id)
);
INSERT INTO "counter" VALUES(1,1,'{"en": "Counter 1", "id": "Loket 1"}','["A"]','["B"]',NULL,0,'open',NULL,'agent','token:5',1795485900000000);
INSERT INTO "counter" VALUES(1,2,'{"en": "Counter 2", "id": "Loket 2"}','["B"]','[]',NULL,0,'open',NULL,'agent','token:5',1795485907000000);
INSERT INTO "counter" VALUES(1,3,'{"en": "Counter 3", "id": "Loket 3"}','["A", "B"]','[]',NULL,0,'paused','prayer','agent','token:5',1795486026000000);
INSERT INTO "counter" VALUES(2,1,'{"en": "Counter 1"}','["Q"]','[]',NULL,0,'closed',NULL,NULL,NULL,NULL);
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
INSERT INTO "device" VALUES(2,1,'printer','front',80,NULL,'{"online": true, "paper": "near_end", "cover_open": false, "error": null, "device": "network://\u2026", "detail": null}',1795486101000000,1795486101000000,0,0,NULL,0);
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
	data JSON NOT NULL, 
	CONSTRAINT pk_event PRIMARY KEY (branch_id, seq), 
	CONSTRAINT fk_event_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id)
);
INSERT INTO "event" VALUES(1,1,'branch_changed',1795399200000000,NULL,NULL,NULL,NULL,'{"changes": ["branch central: added", "kiosk Lobby: added", "printer front: added", "display Hall: added", "staff rani: added"]}');
INSERT INTO "event" VALUES(2,1,'branch_changed',1795399200000000,NULL,NULL,NULL,NULL,'{"changes": ["branch kathmandu: added"]}');
INSERT INTO "event" VALUES(1,2,'issued',1795399200000000,1,'A001','A',NULL,'{"priority": "normal", "channel": "kiosk"}');
INSERT INTO "event" VALUES(1,3,'printer_changed',1795399207000000,NULL,NULL,NULL,NULL,'{"printer": "front", "connected": true}');
INSERT INTO "event" VALUES(1,4,'print_started',1795399214000000,1,'A001','A',NULL,'{"job": 1, "printer": "front"}');
INSERT INTO "event" VALUES(1,5,'print_printed',1795399221000000,1,'A001','A',NULL,'{"job": 1, "printer": "front", "detail": "as told"}');
INSERT INTO "event" VALUES(1,6,'issued',1795399228000000,2,'A002','A',NULL,'{"priority": "normal", "channel": "kiosk"}');
INSERT INTO "event" VALUES(1,7,'print_started',1795399242000000,2,'A002','A',NULL,'{"job": 2, "printer": "front"}');
INSERT INTO "event" VALUES(1,8,'print_printed',1795399249000000,2,'A002','A',NULL,'{"job": 2, "printer": "front", "detail": "as told"}');
INSERT INTO "event" VALUES(1,9,'issued',1795399256000000,3,'B100','B',NULL,'{"priority": "normal", "channel": "kiosk"}');
INSERT INTO "event" VALUES(1,10,'print_started',1795399270000000,3,'B100','B',NULL,'{"job": 3, "printer": "front"}');
INSERT INTO "event" VALUES(1,11,'print_printed',1795399277000000,3,'B100','B',NULL,'{"job": 3, "printer": "front", "detail": "as told"}');
INSERT INTO "event" VALUES(1,12,'counter_opened',1795399284000000,NULL,NULL,NULL,1,'{"agent": "agent"}');
INSERT INTO "event" VALUES(1,13,'called',1795399291000000,1,'A001','A',1,'{"from": "waiting", "counter_before": null, "why": "earliest"}');
INSERT INTO "event" VALUES(1,14,'expired',1795485698000000,1,'A001','A',1,'{"from": "called"}');
INSERT INTO "event" VALUES(1,15,'expired',1795485698000000,2,'A002','A',NULL,'{"from": "waiting"}');
INSERT INTO "event" VALUES(1,16,'expired',1795485698000000,3,'B100','B',NULL,'{"from": "waiting"}');
INSERT INTO "event" VALUES(1,17,'counter_closed',1795485698000000,NULL,NULL,NULL,1,'{"reason": "day_end"}');
INSERT INTO "event" VALUES(1,18,'day_started',1795485698000000,NULL,NULL,NULL,NULL,'{"day": "2026-11-24", "expired": 3, "carried": 0, "while_working": false, "last_event_at": "2026-11-23T02:01:31+00:00"}');
INSERT INTO "event" VALUES(1,19,'notice_changed',1795485698000000,NULL,NULL,NULL,NULL,'{"notice": {"id": "Tutup pukul 15", "en": "Till 15"}}');
INSERT INTO "event" VALUES(1,20,'issued',1795485705000000,4,'A001','A',NULL,'{"priority": "normal", "channel": "kiosk"}');
INSERT INTO "event" VALUES(1,21,'print_started',1795485719000000,4,'A001','A',NULL,'{"job": 4, "printer": "front"}');
INSERT INTO "event" VALUES(1,22,'print_printed',1795485726000000,4,'A001','A',NULL,'{"job": 4, "printer": "front", "detail": "as told"}');
INSERT INTO "event" VALUES(1,23,'issued',1795485733000000,5,'A002','A',NULL,'{"priority": "normal", "channel": "kiosk"}');
INSERT INTO "event" VALUES(1,24,'print_not_sent',1795485747000000,5,'A002','A',NULL,'{"job": 5, "printer": "front", "detail": "as told"}');
INSERT INTO "event" VALUES(1,25,'issued',1795485754000000,6,'A003','A',NULL,'{"priority": "normal", "channel": "kiosk"}');
INSERT INTO "event" VALUES(1,26,'print_started',1795485768000000,6,'A003','A',NULL,'{"job": 6, "printer": "front"}');
INSERT INTO "event" VALUES(1,27,'print_unknown',1795485775000000,6,'A003','A',NULL,'{"job": 6, "printer": "front", "detail": "as told"}');
INSERT INTO "event" VALUES(1,28,'issued',1795485782000000,7,'B100','B',NULL,'{"priority": "senior", "channel": "kiosk"}');
INSERT INTO "event" VALUES(1,29,'issued',1795485789000000,8,'A004','A',NULL,'{"priority": "senior", "channel": "kiosk"}');
INSERT INTO "event" VALUES(1,30,'print_not_sent',1795485886000000,7,'B100','B',NULL,'{"job": 7, "printer": "front", "detail": "no printer started it in time"}');
INSERT INTO "event" VALUES(1,31,'print_not_sent',1795485886000000,8,'A004','A',NULL,'{"job": 8, "printer": "front", "detail": "no printer started it in time"}');
INSERT INTO "event" VALUES(1,32,'issued',1795485886000000,9,'A005','A',NULL,'{"priority": "normal", "channel": "kiosk"}');
INSERT INTO "event" VALUES(1,33,'issued',1795485893000000,10,'A006','A',NULL,'{"priority": "normal", "channel": "kiosk"}');
INSERT INTO "event" VALUES(1,34,'counter_opened',1795485900000000,NULL,NULL,NULL,1,'{"agent": "agent"}');
INSERT INTO "event" VALUES(1,35,'counter_opened',1795485907000000,NULL,NULL,NULL,2,'{"agent": "agent"}');
INSERT INTO "event" VALUES(1,36,'counter_opened',1795485914000000,NULL,NULL,NULL,3,'{"agent": "agent"}');
INSERT INTO "event" VALUES(1,37,'called',1795485921000000,8,'A004','A',1,'{"from": "waiting", "counter_before": null, "why": "head_start"}');
INSERT INTO "event" VALUES(1,38,'recalled',1795485928000000,8,'A004','A',1,'{"recalls": 1}');
INSERT INTO "event" VALUES(1,39,'started',1795485935000000,8,'A004','A',1,'{"from": "called"}');
INSERT INTO "event" VALUES(1,40,'finished',1795485942000000,8,'A004','A',1,'{"from": "serving", "outcome": "done"}');
INSERT INTO "event" VALUES(1,41,'called',1795485949000000,4,'A001','A',1,'{"from": "waiting", "counter_before": null, "why": "earliest"}');
INSERT INTO "event" VALUES(1,42,'no_show',1795485956000000,4,'A001','A',1,'{"from": "called"}');
INSERT INTO "event" VALUES(1,43,'called',1795485963000000,5,'A002','A',1,'{"from": "waiting", "counter_before": null, "why": "earliest"}');
INSERT INTO "event" VALUES(1,44,'started',1795485970000000,5,'A002','A',1,'{"from": "called"}');
INSERT INTO "event" VALUES(1,45,'transferred',1795485977000000,5,'A002','B',1,'{"from": "serving", "keep_place": false, "note": "asks for \"form 7\"; O''Hara"}');
INSERT INTO "event" VALUES(1,46,'called',1795485984000000,6,'A003','A',1,'{"from": "waiting", "counter_before": null, "why": "earliest"}');
INSERT INTO "event" VALUES(1,47,'parked',1795485991000000,6,'A003','A',1,'{"reason": "fetches a copy"}');
INSERT INTO "event" VALUES(1,48,'called',1795485998000000,7,'B100','B',2,'{"from": "waiting", "counter_before": null, "why": "earliest"}');
INSERT INTO "event" VALUES(1,49,'started',1795486005000000,7,'B100','B',2,'{"from": "called"}');
INSERT INTO "event" VALUES(1,50,'called',1795486012000000,9,'A005','A',3,'{"from": "waiting", "counter_before": null, "why": "earliest"}');
INSERT INTO "event" VALUES(1,51,'put_back',1795486019000000,9,'A005','A',3,'{"from": "called", "keep_place": true}');
INSERT INTO "event" VALUES(1,52,'counter_paused',1795486026000000,NULL,NULL,NULL,3,'{"reason": "prayer"}');
INSERT INTO "event" VALUES(1,53,'cancelled',1795486033000000,10,'A006','A',NULL,'{"by": "staff"}');
INSERT INTO "event" VALUES(1,54,'issued',1795486045000000,11,'A007','A',NULL,'{"priority": "normal", "channel": "kiosk"}');
INSERT INTO "event" VALUES(1,55,'issued',1795486052000000,12,'A008','A',NULL,'{"priority": "normal", "channel": "kiosk"}');
INSERT INTO "event" VALUES(1,56,'issued',1795486059000000,13,'A009','A',NULL,'{"priority": "normal", "channel": "kiosk"}');
INSERT INTO "event" VALUES(1,57,'issued',1795486066000000,14,'A010','A',NULL,'{"priority": "normal", "channel": "kiosk"}');
INSERT INTO "event" VALUES(1,58,'called',1795486073000000,9,'A005','A',1,'{"from": "waiting", "counter_before": null, "why": "earliest"}');
INSERT INTO "event" VALUES(1,59,'print_started',1795486087000000,11,'A007','A',NULL,'{"job": 11, "printer": "front"}');
INSERT INTO "event" VALUES(1,60,'printer_changed',1795486101000000,NULL,NULL,NULL,NULL,'{"printer": "front", "connected": true, "online": true, "paper": "near_end", "cover_open": false, "error": null, "device": "network://\u2026", "detail": null}');
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
INSERT INTO "known_browser" VALUES(1,1,'79a92b98ef022af4a2ed9547580c819b49e342fe60ab29a71d4c26a4fb874605',1795486040000000);
INSERT INTO "known_browser" VALUES(2,2,'857904b3dc44caabd14c1d7d4388fecc1ef61ffa9c3f291121242b8144e8759e',1795486040000000);
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
INSERT INTO "meta" VALUES('server_key','56b5025a202fce31856a19144e3dd413ea505f4197c99d819e3821fb0ed32c76');
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
	detail TEXT, resolution VARCHAR(10), resolved_by VARCHAR(64), resolved_at BIGINT, 
	CONSTRAINT pk_print_job PRIMARY KEY (id), 
	CONSTRAINT fk_print_job_branch_id_branch FOREIGN KEY(branch_id) REFERENCES branch (id), 
	CONSTRAINT fk_print_job_ticket_id_ticket FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);
INSERT INTO "print_job" VALUES(1,1,1,'front','token:1','printed',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A001", "service": "Rekening", "priority": null, "ahead": "Anda di urutan pertama", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "23 November 2026 09.00", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795399200000000,1795399260000000,2,'dc46Y_hroNIHlp-pgZiHZA',1795399274000000,1795399214000000,1795399221000000,'as told',NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(2,1,2,'front','token:1','printed',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A002", "service": "Rekening", "priority": null, "ahead": "1 orang di depan Anda", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "23 November 2026 09.00", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795399228000000,1795399288000000,2,'gNRhCUHCD4Ku92iFE-uxYQ',1795399302000000,1795399242000000,1795399249000000,'as told',NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(3,1,3,'front','token:1','printed',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "B100", "service": "Pinjaman", "priority": null, "ahead": "Anda di urutan pertama", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "23 November 2026 09.00", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795399256000000,1795399316000000,2,'397xPCjEvHfCXMg3_wm_lw',1795399330000000,1795399270000000,1795399277000000,'as told',NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(4,1,4,'front','token:1','printed',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A001", "service": "Rekening", "priority": null, "ahead": "Anda di urutan pertama", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "24 November 2026 09.01", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795485705000000,1795485765000000,2,'K6CtceaoNmV0x9SywdyR_Q',1795485779000000,1795485719000000,1795485726000000,'as told',NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(5,1,5,'front','token:1','not_sent',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A002", "service": "Rekening", "priority": null, "ahead": "1 orang di depan Anda", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "24 November 2026 09.02", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795485733000000,1795485793000000,2,'RoLLKd1xjAz4Eit_6ERgLg',1795485755000000,NULL,1795485747000000,'as told',NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(6,1,6,'front','token:1','unknown',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A003", "service": "Rekening", "priority": null, "ahead": "2 orang di depan Anda", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "24 November 2026 09.02", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795485754000000,1795485814000000,2,'hW8SwKyrYLu7DhBruQIj-w',1795485828000000,1795485768000000,1795485775000000,'as told',NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(7,1,7,'front','token:1','expired',0,'{"language": "en", "branch": "Central \"Branch\"", "label": "Queue number", "number": "B100", "service": "Loans", "priority": "Senior", "ahead": "You are first in line", "wait": "No counter is open for this service now.", "issued": "24 November 2026 09:03", "url": null, "scan": "Scan to follow your turn on your phone", "note": "Please wait until your number is called", "reprint": null}',1795485782000000,1795485842000000,NULL,NULL,NULL,NULL,1795485886000000,'no printer started it in time',NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(8,1,8,'front','token:1','expired',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A004", "service": "Rekening", "priority": "Lansia", "ahead": "Anda di urutan pertama", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "24 November 2026 09.03", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795485789000000,1795485849000000,NULL,NULL,NULL,NULL,1795485886000000,'no printer started it in time',NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(9,1,9,'front','token:1','queued',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A005", "service": "Rekening", "priority": null, "ahead": "4 orang di depan Anda", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "24 November 2026 09.04", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795485886000000,1795485946000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(10,1,10,'front','token:1','queued',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A006", "service": "Rekening", "priority": null, "ahead": "5 orang di depan Anda", "wait": "Saat ini belum ada loket yang buka untuk layanan ini.", "issued": "24 November 2026 09.04", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795485893000000,1795485953000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(11,1,11,'front','token:1','started',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A007", "service": "Rekening", "priority": null, "ahead": "1 orang di depan Anda", "wait": "sekitar 2\u20139 menit", "issued": "24 November 2026 09.07", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795486045000000,1795486105000000,2,'o_Q2el34KaqOnn7MN7tvVQ',1795486161000000,1795486087000000,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(12,1,12,'front','token:1','claimed',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A008", "service": "Rekening", "priority": null, "ahead": "2 orang di depan Anda", "wait": "sekitar 4\u201311 menit", "issued": "24 November 2026 09.07", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795486052000000,1795486112000000,2,'tXeudiHRNRTVbfqAkUhQ4A',1795486109000000,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(13,1,13,'front','token:1','queued',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A009", "service": "Rekening", "priority": null, "ahead": "3 orang di depan Anda", "wait": "sekitar 5\u201314 menit", "issued": "24 November 2026 09.07", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795486059000000,1795486119000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "print_job" VALUES(14,1,14,'front','token:1','queued',0,'{"language": "id", "branch": "Cabang Pusat", "label": "Nomor antrean", "number": "A010", "service": "Rekening", "priority": null, "ahead": "4 orang di depan Anda", "wait": "sekitar 5\u201320 menit", "issued": "24 November 2026 09.07", "url": null, "scan": "Pindai untuk mengikuti giliran Anda di ponsel", "note": "Mohon menunggu sampai nomor Anda dipanggil", "reprint": null}',1795486066000000,1795486126000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
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
INSERT INTO "session" VALUES(1,1,'ce65f377802af7afacb4da0cb1f5b7264c5003edef8735c5fc019149f331ff11','WSitM1_CM1AmUO07cdK_f_ZhSUq5C4MC',1795486040000000,1795536440000000,1795486040000000);
INSERT INTO "session" VALUES(2,2,'980d342ec8ea35b22d684083032f6180ce8c8039358fc1f884b2050b0c64b4d0','8QMInrIKPK3utNJDO8u6keL2MkYvvZpb',1795486040000000,1795536440000000,NULL);
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
INSERT INTO "token" VALUES(1,1,'kiosk','Lobby','c921b264fc182a0831fd67f58f82a635ec9c2e7a01c05bf9522285f61bde8a6c',1,1795399200000000,NULL);
INSERT INTO "token" VALUES(2,1,'printer','front','552c3bcba42235003542016cdd66f8d7f487048dce90a555bb58ce7be4cbbbe0',2,1795399200000000,NULL);
INSERT INTO "token" VALUES(3,1,'display','Hall','f1b6545d21b7723fefc758d1ee526a346fb6ca70fccfe2a06f1c6a7766c1366f',3,1795399200000000,NULL);
INSERT INTO "token" VALUES(4,1,'api','api','3f8485186f121879fdfb9971057472638f0790593f043a58661517ef4b961aae',NULL,1795399200000000,NULL);
INSERT INTO "token" VALUES(5,1,'agent','agent','e3e4436a1bddc2fcf08decdf9f802a35fe2de120f74c6c51a0542f213c9f4cb8',NULL,1795399200000000,NULL);
INSERT INTO "token" VALUES(6,1,'supervisor','supervisor','134b9f49934adf6319b154f37d16ab4650a8c24a58aa2a6c2d58f7ad9965c9c1',NULL,1795399200000000,NULL);
INSERT INTO "token" VALUES(7,1,'admin','admin','77608584bc61e667a06317c44960e566c422456b1d09fa7d4d62d0816ccdb863',NULL,1795399200000000,NULL);
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
INSERT INTO "user_account" VALUES(1,'rani','$argon2id$v=19$m=8,t=1,p=1$td5+l/uxXYnO3cyzGWKV/g$1l7gQs86u2o9bmom8h7OOuL6SBGlPvMhTidI+uR6d/s',0,'rani',0);
INSERT INTO "user_account" VALUES(2,'wulan','$argon2id$v=19$m=8,t=1,p=1$td5+l/uxXYnO3cyzGWKV/g$1l7gQs86u2o9bmom8h7OOuL6SBGlPvMhTidI+uR6d/s',0,'wulan',0);
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
